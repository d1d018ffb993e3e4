(* scatter backwards: what the updates get, gathered from a copy of the cotangent with room around it. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve.
From Pullback Require Import Ops.Builder Ops.BuilderProof Ops.Source Ops.Gather Ops.Pointwise Ops.SliceProof.
From Pullback Require Import Ops.DynamicProof Ops.IndexingPlaces Ops.IndexingEmit Ops.IndexingDeriv.
Import ListNotations.
Open Scope R_scope.

(* Each extent of a shape that has elements is positive. *)
Lemma extents_positive s d : shape_ok s = true -> numel s <> 0%Z -> (0 <= d < rank s)%Z -> (0 < znth s d)%Z.
Proof.
  revert d. induction s as [|a s IH]; intros d W N Hd. unfold rank in Hd; simpl in Hd; lia.
  apply shape_ok_cons in W as [Wa W]. rewrite numel_cons in N.
  destruct (Z.eq_dec d 0) as [->|D].
  { unfold znth; simpl nth. destruct (Z.eq_dec a 0) as [->|]; [rewrite Z.mul_0_l in N|]; lia. }
  assert (D' : (0 <= d - 1 < rank s)%Z) by (unfold rank in *; simpl length in Hd; lia).
  replace d with (1 + (d - 1))%Z by ring. rewrite (znth_cons a s (d - 1)) by apply D'. apply IH; auto.
  intros Q. rewrite Q, Z.mul_0_r in N. auto.
Qed.
(* An index moved by the low edge: what a pad has there. *)
Lemma pad_source_moved low si q : length low = length si -> length q = length si ->
  pad_source low (zeros low) si (map (fun d => (znth low d + znth q d)%Z) (zseq (rank si)))
  = if inb si q then Some q else None.
Proof.
  intros Ll Lq. set (p := map _ _).
  assert (Lp : length p = length si).
  { unfold p. rewrite map_length. pose proof (length_zseq (rank si)). unfold rank in *; lia. }
  assert (E : forall i, length i = length si -> slice_source low (ones low) i = p -> i = q).
  { intros i Li H. apply znth_ext. congruence. intros k Hk. unfold axis_of in Hk.
    assert (K : znth (slice_source low (ones low) i) k = znth p k) by congruence.
    rewrite slice_source_znth in K by (unfold ones, axis_of in *; rewrite ?map_length; lia).
    unfold p in K. rewrite znth_map_zseq in K by (unfold rank; lia).
    unfold ones in K. rewrite znth_map in K by (unfold axis_of; lia). lia. }
  assert (Q : slice_source low (ones low) q = p).
  { apply znth_ext. rewrite slice_source_length by (unfold ones; rewrite ?map_length; lia). lia.
    intros k Hk. unfold axis_of in Hk. rewrite slice_source_length in Hk by (unfold ones; rewrite
      ?map_length; lia).
    rewrite slice_source_znth by (unfold ones, axis_of in *; rewrite ?map_length; lia).
    unfold p. rewrite znth_map_zseq by (unfold rank; lia).
    unfold ones. rewrite znth_map by (unfold axis_of; lia). lia. }
  assert (I : forall i, pad_source low (zeros low) si p = Some i <-> inb si i = true /\ slice_source low
    (ones low) i = p).
  { intros i. rewrite pad_source_some, steps_of_one; try tauto; unfold zeros; rewrite ?map_length; try lia.
    clear. induction low; auto. }
  destruct (inb si q) eqn:B. apply I; auto.
  destruct (pad_source low (zeros low) si p) as [i|] eqn:P; auto. exfalso.
  destruct (proj1 (I i) eq_refl) as [I1 I2]. apply E in I2; [congruence|apply inb_length; auto].
Qed.

Section Back.
  Variables (n : window_numbers) (e : elt) (si sx su : shape) (v dy : tensor).
  Hypothesis L : lie n si sx.
  Hypothesis W : shape_ok si = true.
  Hypothesis N : numel si <> 0%Z.
  Hypothesis S : su = windows_shape n sx (pick (n_offset n) su).
  Hypothesis K : forall j, axis_of (n_offset n) j ->
    (znth su (znth (n_offset n) j) <= znth si (znth (window_axes n (rank si)) j))%Z.
  Let extent := window_extent n (rank si) (rank sx) su.
  Let pl := scatter_place Rscal n si su (rank sx) v.

  Lemma extent_within w d : inb su w = true -> (0 <= d < rank si)%Z -> (0 <= extent d)%Z.
  Proof. intros Hw Hd. unfold extent. rewrite S in *. apply (extent_nonneg n si sx _ L w); auto. Qed.
  (* A place is less than a window out of bounds, and that only along a scattered axis. *)
  Lemma place_between w d : inb su w = true -> (0 <= d < rank si)%Z ->
    if memz d (n_map n) then (- extent d <= znth (pl w) d < znth si d + extent d)%Z
    else (0 <= znth (pl w) d < znth si d)%Z.
  Proof.
    intros Hw Hd. pose proof (extents_positive si d W N Hd) as P. pose proof (extent_within w d Hw Hd) as En.
    pose proof (inb_rank _ _ Hw) as Rw.
    assert (R : rank su = windows_rank n (rank sx)) by (rewrite S; apply windows_shape_rank).
    unfold pl, scatter_place, place. rewrite znth_map_zseq by auto. unfold place_at. fold (extent d).
    set (f := sindex _ _ _ _). assert (F : (- extent d <= f <= znth si d)%Z).
    { pose proof (sfloor_between Rscal (Z.to_nat (znth si d + extent d)) (- extent d)
        (v (index_of n (rank sx) w (indexz d (n_map n))))) as B. fold f in B. lia. }
    rewrite Rw, R. cbv zeta. destruct (axis_cases n si sx L d Hd) as [[B M]|[[B C]|(B & C & X)]].
    - pose proof (window_axis_batching n si sx (pick (n_offset n) su) L d B) as [A E]. rewrite <- S in E.
      apply memz_not_in in M. rewrite M. set (a := window_axis _ _ _ _ _) in *.
      destruct (Z.ltb_spec a 0); [lia|]. rewrite <- E. simpl. apply inb_at; auto. lia.
    - rewrite (window_axis_collapsed n si sx d B C). simpl.
      assert (O : extent d = 1%Z) by (unfold extent; rewrite S; apply (extent_one n si sx); auto).
      destruct (memz d (n_map n)); lia.
    - pose proof (window_axis_kept n si sx (pick (n_offset n) su) L d B C X) as [A E]. rewrite <- S in E.
      assert (O : extent d = znth (pick (n_offset n) su) (indexz d (window_axes n (rank si))))
        by (unfold extent; rewrite S at 1; apply (extent_kept n si sx); auto).
      assert (J : axis_of (n_offset n) (indexz d (window_axes n (rank si)))).
      { apply axis_of_rank. rewrite <- (kept_counts n si sx L). apply indexz_rank; auto. }
      pose proof (K _ J) as Q. rewrite znth_indexz in Q by auto. rewrite <- znth_pick in Q by auto.
      set (a := window_axis _ _ _ _ _) in *. destruct (Z.ltb_spec a 0); [lia|].
      pose proof (inb_at _ _ a Hw ltac:(lia)) as I. destruct (memz d (n_map n)); lia.
  Qed.

  Lemma makes_gathered L0 iv cv : holds L0 iv v -> snd iv = (I32, sx) -> holds L0 cv dy -> snd cv = (e, si) ->
    makes (emit_gathered n (e, si) (I32, sx) (e, su) iv cv) L0 (e, su) (taken si pl dy).
  Proof.
    intros Hi Ti Hc Tc. unfold emit_gathered. cbn [fst snd]. rewrite (proj2 (Z.eqb_neq _ _) N). cbv zeta.
    fold extent. set (edges := map (fun d => if memz d (n_map n) then extent d else 0%Z) (zseq (rank si))).
    set (sp := map (fun d => (znth si d + 2 * znth edges d)%Z) (zseq (rank si))).
    set (sizes := map extent (zseq (rank si))).
    pose proof (components_each n si sx) as Ce.
    eapply makes_bind; [apply (makes_clamped n sx (lie_vector _ _ _ L) L0 iv v _ _ Hi Ti); auto|].
    intros j L1 X1 Tj Hj.
    eapply makes_bind; [apply (makes_along n sx (lie_vector _ _ _ L)); auto|]. intros h L2 X2 Th Hh.
    eapply makes_bind; [apply makes_emit|]. intros st L3 X3 Ts Hs.
    eapply makes_bind; [apply makes_constant|]. intros z L4 X4 Tz Hz.
    eapply makes_bind; [apply makes_emit|]. intros p L5 X5 Tp Hp.
    eapply makes_ext; [|apply makes_emit]. intros w Hw. cbn [snd] in Hw. cbn [map sem0]. rewrite Tp, Ts.
      cbn [snd].
    unfold sem_gather.
    assert (Ed : forall d, (0 <= d < rank si)%Z -> znth edges d = if memz d (n_map n) then extent d else 0%Z)
      by (intros d Hd; unfold edges; rewrite znth_map_zseq; auto).
    assert (Rsi := rank_nonneg si).
    assert (G : gather_place Rscal n sizes sp (rank sx) (value L5 st) w
      = map (fun d => (znth edges d + znth (pl w) d)%Z) (zseq (rank si))).
    { apply (gather_scatter_place n si sp sx su edges sizes v); auto.
      - apply rank_map_zseq; auto.
      - intros d Hd. split. pose proof (extents_positive si d W N Hd). lia. apply (extent_within w); auto.
      - intros d Hd. unfold sizes, sp. rewrite !znth_map_zseq by auto. split; [auto|]. split; [apply Ed;
        auto|auto].
      - intros d Hd. cbv zeta. set (i := index_of _ _ _ _).
        assert (Hi' : inb sx i = true).
        { unfold i. apply (index_of_inb n si sx (pick (n_offset n) su) L). rewrite <- S; auto. apply
          indexz_rank; auto. }
        assert (Hs' : holds L5 st (sem0 Rscal (Binary Add) (map snd [j; h]) (I32, sx) (map (value L2) [j;
          h])))
          by carry.
        rewrite (holds_at L5 st _ sx i Hs') by (auto; unfold vshape; rewrite Ts; auto). cbn [map sem0
          sem_binary].
        assert (Hj' := holds_extends _ _ _ _ X2 Hj).
        rewrite (holds_at L2 j _ sx i Hj') by (auto; unfold vshape; rewrite Tj; auto).
        rewrite (holds_at L2 h _ sx i Hh) by (auto; unfold vshape; rewrite Th; auto).
        unfold i. rewrite (component_index_of n si sx) by (auto; apply indexz_rank; auto).
        rewrite !znth_each by auto. reflexivity. }
    rewrite G. set (P := map _ (zseq (rank si))).
    assert (B : inb sp P = true).
    { apply inb_iff. unfold P, sp. rewrite !rank_map_zseq by auto. split; auto. intros d Hd.
      rewrite !znth_map_zseq, Ed by auto. pose proof (place_between w d Hw Hd) as Q.
      destruct (memz d (n_map n)); lia. }
    rewrite (holds_at L5 p _ sp P Hp) by (auto; unfold vshape; rewrite Tp; auto).
    cbn [map sem0 snd]. rewrite Tc. cbn [snd]. rewrite sem_pad_zero.
    2:{ rewrite (holds_at L4 z _ [] [] Hz) by (auto; unfold vshape; rewrite Tz; auto). simpl; lra. }
    unfold gather, P. rewrite pad_source_moved.
    - unfold taken. destruct (inb si (pl w)) eqn:I; auto.
      assert (Hc' : holds L4 cv dy) by carry. apply (holds_at L4 cv dy si _ Hc'); auto.
      unfold vshape; rewrite Tc; auto.
    - unfold edges. rewrite map_length. pose proof (length_zseq (rank si) Rsi). unfold rank in *; lia.
    - unfold pl, scatter_place, place. rewrite map_length. pose proof (length_zseq (rank si) Rsi). unfold
      rank in *; lia.
  Qed.
End Back.
