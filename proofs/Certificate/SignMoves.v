(* The sign analysis is sound: ops that move, copy, sum and multiply elements. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Gather Ops.Pointwise Ops.ShapeProof Ops.SliceProof.
From Pullback Require Import Ops.WindowDeriv.
From Pullback Require Import Certificate.Sign Certificate.SignProof.
Import ListNotations.
Open Scope R_scope.

(* One operand, one sign; *)
Lemma holds_one ss s vs : holds_all ss [s] vs -> exists a x, ss = [a] /\ vs = [x] /\ holds a s x.
Proof. destruct ss as [|a [|]], vs as [|x [|]]; simpl; try tauto. intros [H _]. eauto. Qed.
(* two operands, two signs. *)
Lemma holds_two ss s t vs : holds_all ss [s; t] vs ->
  exists a b x y, ss = [a; b] /\ vs = [x; y] /\ holds a s x /\ holds b t y.
Proof.
  destruct ss as [|a [|b [|]]], vs as [|x [|y [|]]]; simpl; try tauto. intros (H & K & _).
  exists a, b, x, y. auto.
Qed.

(* ---- moves: each element is one of the operand's ---- *)
Lemma holds_moved a si so x y (src : idx -> idx) : holds a si x ->
  (forall o, inb so o = true -> y o = x (src o) /\ inb si (src o) = true) -> holds a so y.
Proof. intros H E o Ho. destruct (E o Ho) as [-> I]. auto. Qed.
(* Each broadcast element comes from within the operand. *)
Lemma broadcast_inb s si dims o : all2 (fun d a => (d =? 1) || (d =? znth s a))%Z si dims = true ->
  in_range (rank s) dims = true -> inb s o = true -> inb si (broadcast_source si dims o) = true.
Proof.
  intros H R Ho. revert dims H R; induction si as [|d si IH]; intros [|a dims]; simpl; try discriminate; auto.
  intros H R. apply andb_prop in H as [H1 H2]. rewrite !andb_true_iff in R. destruct R as [[R1 R2] R3].
  specialize (IH dims H2 R3). unfold broadcast_source in IH. rewrite IH.
  pose proof (inb_at s o a Ho). destruct (Z.eqb_spec d 1); simpl in *; rewrite !andb_true_iff; repeat split;
    lia.
Qed.
(* An element of the result is one of the operand's: by broadcast_in_dim, *)
Lemma holds_broadcast s dims ats rt ss vs : infer (BroadcastInDim s dims) ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists a, ss = [a] /\ holds a (snd rt) (sem Rscal (BroadcastInDim s dims) ats rt vs).
Proof.
  intros T H. simpl in T. unfold infer_broadcast_in_dim in T. destruct ats as [|[e si] [|]]; try discriminate.
  apply holds_one in H as (a & x & -> & -> & H). exists a. split; auto.
  destruct (_ && _)%bool eqn:E in T; inv T. rewrite !andb_true_iff in E.
  destruct E as ((((_ & E1) & _) & E2) & _).
  apply (holds_moved a si _ x _ (broadcast_source si dims) H). intros o Ho.
  split. apply sem_broadcast_at; auto. apply (broadcast_inb s); auto.
Qed.
(* reshape, *)
Lemma holds_reshape s ats rt ss vs : infer (Reshape s) ats = Some rt ->
  holds_all ss (map snd ats) vs -> exists a, ss = [a] /\ holds a (snd rt) (sem Rscal (Reshape s) ats rt vs).
Proof.
  intros T H. apply reshape_typed in T as (e & si & -> & -> & N & W & _).
  apply holds_one in H as (a & x & -> & -> & H). exists a. split; auto.
  apply (holds_moved a si _ x _ (reshape_source si s) H). intros o Ho.
  split. apply sem_reshape_at; auto. apply reshape_source_inb; auto.
Qed.
(* transpose, *)
Lemma holds_transpose p ats rt ss vs : infer (Transpose p) ats = Some rt ->
  holds_all ss (map snd ats) vs -> exists a, ss = [a] /\ holds a (snd rt) (sem Rscal (Transpose p) ats rt vs).
Proof.
  intros T H. apply transpose_typed in T as (e & si & -> & -> & P).
  apply holds_one in H as (a & x & -> & -> & H). exists a. split; auto.
  apply (holds_moved a si _ x _ (transpose_source p) H). intros o Ho.
  split. apply sem_transpose_at; auto. apply transpose_source_inb; auto.
Qed.
(* reverse, *)
Lemma holds_reverse d ats rt ss vs : infer (Reverse d) ats = Some rt ->
  holds_all ss (map snd ats) vs -> exists a, ss = [a] /\ holds a (snd rt) (sem Rscal (Reverse d) ats rt vs).
Proof.
  intros T H. apply reverse_typed in T as (e & si & -> & -> & _).
  apply holds_one in H as (a & x & -> & -> & H). exists a. split; auto.
  apply (holds_moved a si _ x _ (reverse_source si d) H). intros o Ho.
  split. apply sem_reverse_at; auto. apply reverse_source_inb; auto.
Qed.
(* slice. *)
Lemma holds_slice b l s ats rt ss vs : infer (Slice b l s) ats = Some rt ->
  holds_all ss (map snd ats) vs -> exists a, ss = [a] /\ holds a (snd rt) (sem Rscal (Slice b l s) ats rt vs).
Proof.
  intros T H. apply slice_typed in T as (e & si & -> & -> & W).
  apply holds_one in H as (a & x & -> & -> & H). exists a. split; auto.
  apply (holds_moved a si _ x _ (slice_source b s) H). intros o Ho.
  split. apply sem_slice_at; auto. eapply slice_source_inb; eauto.
Qed.
(* An element of a padded value is the operand's, or the padding. *)
Lemma pad_inb low interior si o i : shape_ok interior = true -> pad_source low interior si o = Some i ->
  inb si i = true.
Proof.
  revert interior si o i; induction low as [|l low IH]; intros [|n interior] [|d si] [|z o] i W;
    cbn [pad_source]; intros H; try discriminate.
  - inv H; auto.
  - destruct (_ && _)%bool eqn:E in H; [|discriminate]. rewrite !andb_true_iff in E.
    destruct E as [[E1 E2] E3].
    destruct (pad_source low interior si o) as [j|] eqn:Q; [|discriminate]. inv H. simpl.
    apply shape_ok_cons in W as [W1 W2].
    rewrite (IH _ _ _ _ W2 Q), E3, andb_true_r, andb_true_r. apply Z.leb_le, Z.div_pos; lia.
Qed.
(* By pad, one of the operand's or the padding value. *)
Lemma holds_pad l h n ats rt ss vs : infer (Pad l h n) ats = Some rt -> holds_all ss (map snd ats) vs ->
  exists a b, ss = [a; b] /\ holds (either a b) (snd rt) (sem Rscal (Pad l h n) ats rt vs).
Proof.
  intros T H. apply pad_typed in T as (e & si & -> & -> & _ & _ & _ & W & _).
  apply holds_two in H as (a & b & x & v & -> & -> & H & K). exists a, b. split; auto.
  intros o Ho. rewrite sem_pad_at by auto. unfold sem_pad.
  match goal with |- sat _ (match ?p with _ => _ end) => destruct p as [i|] eqn:E end.
  - apply sat_either_l, H. eapply pad_inb; eauto.
  - apply sat_either_r, K. reflexivity.
Qed.

(* ---- sums ---- *)
Lemma lv_many a x : lv a x -> lv (many a) x.
Proof. intros H. apply lv_of; [discriminate|]. apply lv_nonneg; auto. Qed.
(* The empty sum, 0, has the level of any sum; *)
Lemma lv_many_0 a : lv (many a) 0.
Proof. apply lv_of; [discriminate|]. intros; lra. Qed.
(* so has a sum of any number of terms; *)
Lemma lv_many_sum {X} a (f : X -> R) l : (forall x, In x l -> lv (many a) (f x)) -> lv (many a) (Sum f l).
Proof.
  induction l as [|x l IH]; simpl; intros H. apply lv_many_0.
  assert (A : lv (many a) (f x)) by auto. assert (B : lv (many a) (Sum f l)) by auto.
  revert A B. generalize (many a). intros []; simpl; auto; lra.
Qed.
(* of at least one, it is positive if they are. *)
Lemma lv_some_sum {X} a (f : X -> R) l : l <> [] -> (forall x, In x l -> lv a (f x)) -> lv a (Sum f l).
Proof.
  destruct l as [|x l]; [congruence|]. intros _ H. simpl.
  assert (A : lv a (f x)) by (apply H; simpl; auto).
  assert (B : lv (many a) (Sum f l)) by (apply lv_many_sum; intros; apply lv_many, H; simpl; auto).
  destruct a; simpl in *; auto; lra.
Qed.
(* The same of signs: any number of summands, *)
Lemma sat_sums {X} a (f : X -> R) l : (forall x, In x l -> sat a (f x)) -> sat (sums a) (Sum f l).
Proof.
  intros H. repeat split; simpl.
  - apply lv_many_sum. intros x Hx. apply lv_many, H; auto.
  - rewrite <- sum_opp. apply lv_many_sum. intros x Hx. apply lv_many, H; auto.
Qed.
(* and at least one. *)
Lemma sat_some_sum {X} a (f : X -> R) l : l <> [] -> (forall x, In x l -> sat a (f x)) ->
  sat (Sgn (s_pos a) (s_neg a) Unknown Unknown) (Sum f l).
Proof.
  intros N H. repeat split; simpl.
  - apply lv_some_sum; auto. intros x Hx. apply H; auto.
  - rewrite <- sum_opp. apply lv_some_sum; auto. intros x Hx. apply H; auto.
Qed.
(* The largest of some elements is one of them. *)
Lemma sat_largest a l (x : tensor) : l <> [] -> (forall i, In i l -> sat a (x i)) ->
  sat a (sem_reduction Rscal RMax l x).
Proof.
  intros N H. simpl. destruct (argmax Rscal l x) as [i|] eqn:E.
  - apply H. eapply argmax_in; eauto.
  - destruct l; [congruence|discriminate].
Qed.

(* Each group of a reduction has an element: zero on the reduced axes, o on the others. *)
Definition group_index (n : Z) (dims : axes) (o : idx) : idx :=
  map (fun a => if memz a dims then 0%Z else znth o (indexz a (other_axes n dims))) (zseq n).
(* A reduction over axes that are not empty reduces at least one element. *)
Lemma group_nonempty s dims o : (forall a, In a dims -> (0 < znth s a)%Z) ->
  inb (pick (other_axes (rank s) dims) s) o = true -> reduce_group s dims o <> [].
Proof.
  intros P Ho E. set (kept := other_axes (rank s) dims) in *. set (i := group_index (rank s) dims o).
  assert (L : length i = length s).
  { unfold i, group_index. rewrite map_length. pose proof (length_zseq (rank s)). unfold rank in *. lia. }
  assert (Z : forall k, axis_of s k -> znth i k = if memz k dims then 0%Z else znth o (indexz k kept)).
  { intros k Hk. unfold i, group_index. rewrite znth_map, znth_zseq; auto.
    unfold axis_of in *. rewrite length_zseq; unfold rank; lia. }
  assert (K : forall k, axis_of s k -> memz k dims = false -> In k kept).
  { intros k Hk M. apply in_other_axes. split. unfold axis_of, rank in *; lia. apply memz_not_in; auto. }
  assert (I : In i (reduce_group s dims o)); [|rewrite E in I; destruct I].
  unfold reduce_group. apply filter_In. split.
  - apply in_indices, inb_znth. split; auto. intros k Hk. rewrite Z by auto.
    destruct (memz k dims) eqn:M; [apply memz_in in M; specialize (P k M); lia|].
    pose proof (indexz_range k kept (K k Hk M)) as R.
    apply inb_znth in Ho as [_ Ho]. specialize (Ho (indexz k kept)).
    rewrite znth_pick, znth_indexz in Ho; auto.
    apply Ho. unfold axis_of in *. rewrite pick_length; auto.
  - apply ieqb_eq. fold kept. apply inb_znth in Ho as [Lo Ho]. rewrite pick_length in Lo.
    apply znth_ext. rewrite pick_length; auto. intros j Hj. unfold axis_of in Hj. rewrite Lo in Hj.
    rewrite znth_pick by auto. pose proof (znth_in kept j Hj) as J. apply in_other_axes in J as [J1 J2].
    rewrite Z by (unfold axis_of, rank in *; lia). apply memz_not_in in J2. rewrite J2, indexz_znth; auto.
    apply NoDup_other_axes.
Qed.
(* A sum has the sign of its terms; a maximum is one of the elements. *)
Lemma holds_reduce k dims ats rt ss vs : infer (Reduce k dims) ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists t a, ats = [t] /\ ss = [a] /\
    holds (sign_reduce k (snd t) a) (snd rt) (sem Rscal (Reduce k dims) ats rt vs).
Proof.
  intros T H. simpl in T. unfold infer_reduce in T. destruct ats as [|[e s] [|]]; try discriminate.
  apply holds_one in H as (a & x & -> & -> & H). exists (e, s), a. do 2 (split; auto).
  destruct (_ && _)%bool eqn:E in T; inv T. rewrite !andb_true_iff in E. destruct E as [[E1 _] E2].
  intros o Ho. rewrite sem_in by auto. simpl in *. unfold sem_reduce.
  assert (G : forall i, In i (reduce_group s dims o) -> sat a (x i)).
  { intros i Hi. apply H. apply in_indices. unfold reduce_group in Hi. apply filter_In in Hi. tauto. }
  destruct k; simpl sign_reduce.
  - destruct (forallb (Z.ltb 0) s) eqn:Q; [|apply (sat_sums a x); auto].
    apply (sat_some_sum a x); auto. apply group_nonempty; auto. intros d Hd.
    rewrite forallb_forall in Q. apply Z.ltb_lt, Q, znth_in. apply in_range_axes in E1.
    specialize (E1 d Hd). unfold axis_of, rank in *; lia.
  - apply sat_largest; auto. apply group_nonempty; auto. simpl in E2. apply orb_prop in E2 as [E2|E2].
    + rewrite forallb_forall in E2. intros d Hd. apply Z.ltb_lt, E2; auto.
    + apply memz_in, in_znth in E2 as (j & J1 & J2). pose proof (inb_at _ _ j Ho J1). lia.
Qed.
(* The same of windows. *)
Lemma holds_reduce_window k w ats rt ss vs : infer (ReduceWindow k w) ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists a, ss = [a] /\ holds (match k with RAdd => sums a | RMax => a end) (snd rt)
                          (sem Rscal (ReduceWindow k w) ats rt vs).
Proof.
  intros T H. destruct (reduce_window_typed _ _ _ _ T) as (e & si & -> & -> & W & F).
  apply holds_one in H as (a & x & -> & -> & H). exists a. split; auto.
  intros o Ho. rewrite sem_in by auto. simpl. unfold sem_reduce_window.
  assert (G : forall i, In i (window_at w si o) -> sat a (x i))
    by (intros i Hi; apply H; eapply window_at_inb; eauto).
  destruct k; [apply (sat_sums a x); auto|].
  apply sat_largest; auto. destruct (window_argmax w si x o W (F eq_refl) Ho) as (i & Hi).
  intros Q. rewrite Q in Hi. discriminate.
Qed.
(* Every element is a sum of cotangents, perhaps of none. *)
Lemma holds_select_and_scatter w ats rt ss vs : infer (SelectAndScatter w) ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists a b, ss = [a; b] /\ holds (sums b) (snd rt) (sem Rscal (SelectAndScatter w) ats rt vs).
Proof.
  intros T H. destruct (select_and_scatter_typed _ _ _ T) as (e & si & -> & -> & _).
  apply holds_two in H as (a & b & x & y & -> & -> & _ & H). exists a, b. split; auto.
  intros i Hi. rewrite sem_in by auto. simpl. unfold sem_select_and_scatter. simpl in H.
  repeat split; simpl; [|rewrite <- sum_opp]; apply lv_many_sum; intros o Ho; apply in_indices in Ho;
    destruct (argmax _ _ _) as [j|]; try destruct (ieqb j i); rewrite ?Ropp_0; try apply lv_many_0;
    apply lv_many, H; auto.
Qed.

(* ---- sums of products ---- *)
Lemma sat_bilinear rel a b sx sy (x y : tensor) o : holds a sx x -> holds b sy y ->
  sat (Sgn (many (product_sign a b)) (many (product_opposite a b)) Unknown Unknown)
      (sem_bilinear Rscal rel sx sy x y o).
Proof.
  intros H K. unfold sem_bilinear. repeat split; simpl; [|rewrite <- sum_opp];
    apply lv_many_sum; intros i Hi; apply in_indices in Hi; [|rewrite <- sum_opp];
    apply lv_many_sum; intros k Hk; apply in_indices in Hk; destruct (rel o i k); rewrite ?Ropp_0;
    try apply lv_many_0; apply lv_many.
  - apply lv_product_sign; auto.
  - apply lv_product_opposite; auto.
Qed.

(* ---- concatenation ---- *)
