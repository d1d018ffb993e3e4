(* dynamic_slice and dynamic_update_slice: a window that the start indices place, read or written. Near a
   point the start indices do not move, so the window stays where it is, and both are linear. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Gather Ops.Pointwise Ops.TemplateProof.
Import ListNotations.
Open Scope R_scope.

(* The tangents of the operands of floats, with the start indices as they are. *)
Definition jvp_dynamic_slice (sizes : shape) : jvp_fun := fun ats rt vs ds =>
  match ats, vs, ds with
  | t :: _, _ :: starts, d :: _ => sem_dynamic_slice Rscal sizes (snd t) d starts
  | _, _, _ => tz
  end.
Definition jvp_dynamic_update_slice : jvp_fun := fun ats rt vs ds =>
  match ats, vs, ds with
  | t :: u :: _, _ :: _ :: starts, d :: e :: _ => sem_dynamic_update_slice Rscal (snd t) (snd u) d e starts
  | _, _, _ => tz
  end.
Definition ok_dynamic_slice (sizes : shape) : ok_fun := everywhere.
Definition ok_dynamic_update_slice : ok_fun := everywhere.

(* ---- typing ---- *)
Definition start_types (si : shape) (starts : list ty) : Prop :=
  length starts = length si /\ forall t, In t starts -> t = (I32, []).
Lemma starts_ok_types si starts : starts_ok si starts = true -> start_types si starts.
Proof.
  unfold starts_ok. intros H. apply andb_prop in H as [H1 H2]. split.
  - apply Nat.eqb_eq; auto.
  - rewrite forallb_forall in H2. intros t Ht. apply ty_eqb_eq; auto.
Qed.
Lemma dynamic_slice_typed sizes ats rt : infer (DynamicSlice sizes) ats = Some rt ->
  exists e si (starts : list ty), ats = (e, si) :: starts /\ rt = (e, sizes) /\ start_types si starts /\
  fits_in sizes si = true.
Proof.
  simpl. unfold infer_dynamic_slice. intros H. destruct ats as [|[e si] starts]; [discriminate|].
  typing H. exists e, si, starts. splits; auto. apply starts_ok_types; auto.
Qed.
Lemma dynamic_update_slice_typed ats rt : infer DynamicUpdateSlice ats = Some rt ->
  exists e si su (starts : list ty), ats = (e, si) :: (e, su) :: starts /\ rt = (e, si) /\
  start_types si starts /\
  fits_in su si = true.
Proof.
  simpl. unfold infer_dynamic_update_slice. intros H. destruct ats as [|[e si] [|[e' su] starts]];
    try discriminate.
  typing H. exists e, si, su, starts. splits; auto. apply starts_ok_types; auto.
Qed.
Lemma start_types_integers si starts : start_types si starts -> integers starts = true.
Proof. intros [_ H]. apply forallb_forall. intros t Ht. rewrite (H t Ht). auto. Qed.

(* ---- the window ---- *)
(* lo <= floor <= lo + n *)
Lemma sfloor_between {A} (C : scalar A) n lo v : (lo <= sindex C n lo v <= lo + Z.of_nat n)%Z.
Proof.
  revert lo. induction n as [|n IH]; intros lo; cbn [sindex]. lia.
  destruct (sltb C v _). lia. specialize (IH (lo + 1)%Z). lia.
Qed.
(* 0 <= b, b + size <= extent, on each axis *)
Fixpoint placed (b : list Z) (sizes si : shape) : Prop :=
  match b, sizes, si with
  | [], [], [] => True
  | s :: b, n :: sizes, d :: si => (0 <= s /\ 0 <= n /\ s + n <= d)%Z /\ placed b sizes si
  | _, _, _ => False
  end.
Lemma window_start_placed (sizes si : shape) (starts : list tensor) : fits_in sizes si = true ->
  length starts = length si -> placed (window_start Rscal sizes si starts) sizes si.
Proof.
  unfold fits_in. revert si starts; induction sizes as [|n sizes IH]; intros [|d si] [|v starts] F L;
    simpl in F, L; try discriminate; cbn [window_start placed]; auto.
  apply andb_prop in F as [F1 F2]. split; [|apply IH; auto].
  pose proof (sfloor_between Rscal (Z.to_nat (d - n)) 0 (v [])). lia.
Qed.
Lemma placed_lengths b sizes si : placed b sizes si -> length b = length sizes /\ length sizes = length si.
Proof.
  revert sizes si; induction b; intros [|n sizes] [|d si]; simpl; try tauto. intros [_ H].
  apply IHb in H as [-> ->]. auto.
Qed.
Lemma from_window_inb b sizes si o : placed b sizes si -> inb sizes o = true ->
  inb si (from_window b o) = true.
Proof.
  unfold from_window. revert sizes si o; induction b as [|s b IH]; intros [|n sizes] [|d si] [|i o];
    cbn [placed]; intros P H; try tauto; try discriminate.
  destruct P as [P1 P2]. apply inb_cons in H as [H1 H2]. cbn [ones map slice_source].
  apply inb_cons. split; [lia|apply (IH sizes); auto].
Qed.
Lemma steps_of_one (l : list Z) : map (Z.add 1) (zeros l) = ones l.
Proof. unfold zeros, ones. rewrite map_map. auto. Qed.
(* The element o is in the window, as its element i, if i is within the window's shape and lies there. *)
Lemma window_place_some b sizes si o i : placed b sizes si -> length o = length si ->
  window_place b sizes o = Some i <-> inb sizes i = true /\ from_window b i = o.
Proof.
  intros P L. apply placed_lengths in P as [L1 L2]. unfold window_place, from_window.
  rewrite pad_source_some, steps_of_one; try tauto; unfold zeros; rewrite ?map_length; try congruence.
  clear. induction b; auto.
Qed.
(* Reading the window and writing it mirror each other. *)
Lemma window_mirrored b sizes si : placed b sizes si ->
  mirrored sizes si (fun o => Some (from_window b o)) (window_place b sizes).
Proof.
  intros P. split.
  - intros o i Ho E. injection E as <-. assert (H : inb si (from_window b o) = true)
      by (apply (from_window_inb b sizes); auto). split; auto.
    apply (window_place_some b sizes si); auto. apply inb_length; auto.
  - intros i o Hi E. apply (window_place_some b sizes si) in E as [E1 <-]; auto. apply inb_length; auto.
Qed.

(* ---- derivatives ---- *)
Lemma dynamic_slice_deriv sizes : deriv_spec (DynamicSlice sizes) (jvp_dynamic_slice sizes)
  (ok_dynamic_slice sizes).
Proof.
  intros ats rt gs ds T F M _ i _. apply dynamic_slice_typed in T as (e & si & starts & -> & -> & S & _).
  destruct gs as [|g gs], ds as [|d ds]; simpl in M; try tauto. destruct M as [M1 M2].
  set (b := window_start Rscal sizes si (at_ gs 0)).
  apply Der_ext_near with (f := fun s => g s (from_window b i)).
  - generalize (integers_still _ _ _ M2 (start_types_integers _ _ S)). apply near_imp. intros s E.
    cbn [at_ map]. fold (at_ gs s). cbn. unfold sem_dynamic_slice. rewrite E. reflexivity.
  - apply (moves_float _ _ _ M1 (from_window b i)).
Qed.
Lemma dynamic_slice_const sizes : const_spec (DynamicSlice sizes) (ok_dynamic_slice sizes).
Proof.
  apply integers_const. intros ats rt T F.
  apply dynamic_slice_typed in T as (e & si & starts & -> & -> & S & _).
  unfold integers, tfloat in *. cbn [forallb fst] in *. rewrite F. apply (start_types_integers _ _ S).
Qed.
Lemma dynamic_update_slice_deriv :
  deriv_spec DynamicUpdateSlice jvp_dynamic_update_slice ok_dynamic_update_slice.
Proof.
  intros ats rt gs ds T F M _ i _.
  apply dynamic_update_slice_typed in T as (e & si & su & starts & -> & -> & S & _).
  destruct gs as [|g [|h gs]], ds as [|d [|f ds]]; simpl in M; try tauto. destruct M as (M1 & M2 & M3).
  set (b := window_start Rscal su si (at_ gs 0)).
  apply Der_ext_near with (f := fun s => match window_place b su i with Some j => h s j | None => g s i end).
  - generalize (integers_still _ _ _ M3 (start_types_integers _ _ S)). apply near_imp. intros s E.
    cbn [at_ map]. fold (at_ gs s). cbn. unfold sem_dynamic_update_slice. rewrite E. reflexivity.
  - change (jvp_dynamic_update_slice _ _ _ _ i)
      with (match window_place b su i with Some j => f j | None => d i end).
    destruct (window_place b su i) as [j|]; [apply (moves_float _ _ _ M2)|apply (moves_float _ _ _ M1)].
Qed.
Lemma dynamic_update_slice_const : const_spec DynamicUpdateSlice ok_dynamic_update_slice.
Proof.
  apply integers_const. intros ats rt T F.
  apply dynamic_update_slice_typed in T as (e & si & su & starts & -> & -> & S & _).
  unfold integers, tfloat in *. cbn [forallb fst] in *. rewrite F. apply (start_types_integers _ _ S).
Qed.

(* ---- backwards ---- *)
(* Operands that get nothing contribute nothing. *)
Lemma pairing_nothing ats needs ds L : pairing ats needs (nothing_for ats) ds L = 0.
Proof.
  revert needs ds; induction ats as [|t ats IH]; intros [|n needs] [|d ds];
    cbn [pairing nothing_for map]; auto.
  fold (nothing_for ats). rewrite IH. destruct n; lra.
Qed.
(* The values at the places behind p. *)
Lemma values_between (p q r : list tensor) k n : length p = k -> length q = n ->
  map (fun k => nth k (p ++ q ++ r) tz) (seq k n) = q.
Proof.
  intros <- <-. revert p; induction q as [|x q IH]; intros p; simpl; auto. f_equal.
  - rewrite app_nth2, Nat.sub_diag by lia. auto.
  - specialize (IH (p ++ [x])). rewrite <- app_assoc, app_length in IH. simpl in IH.
    rewrite Nat.add_1_r in IH. exact IH.
Qed.
(* the value at the place length L + j *)
Ltac behind L j :=
  match goal with |- context [nth ?k (L ++ ?E) ?d] => replace (nth k (L ++ E) d) with (nth j E d)
    by (rewrite <- (app_nth2_plus L E); f_equal; unfold ty in *; first [lia | simpl length; lia]) end;
  cbn [nth].
Lemma sem_zeros_like t i : inb (snd t) i = true -> sem Rscal (Constant t [Dec 0 0]) [] t [] i = 0.
Proof. apply (sem_constant_at t 0 [] t). Qed.
(* Among zeros, the cotangent in the window is a gather. *)
Lemma window_of_zeros si su (u z : tensor) starts o : z o = 0 ->
  sem_dynamic_update_slice Rscal si su z u starts o
  = gather (window_place (window_start Rscal su si starts) su) u o.
Proof. intros H. unfold sem_dynamic_update_slice, gather. destruct (window_place _ _ _); auto. Qed.

(* dx = dy in the window, zeros elsewhere *)
Lemma dynamic_slice_vjp_correct sizes :
  vjp_spec (DynamicSlice sizes) (jvp_dynamic_slice sizes) (ok_dynamic_slice sizes).
Proof.
  intros needs ats rt tm outs vs ds dy T _ V LN LV LD St _.
  apply dynamic_slice_typed in T as (e & si & ts & -> & -> & S & F). destruct S as [Ls _].
  destruct needs as [|n needs], vs as [|x vs], ds as [|d ds]; try discriminate.
  assert (Lv : length vs = length ts) by (injection LV; auto). clear LN LV LD.
  cbn [vjp vjp_dynamic_slice] in V. injection V as <- <-.
  set (b := window_start Rscal sizes si vs).
  assert (P : placed b sizes si) by (apply window_start_placed; auto; rewrite Lv; auto).
  change (jvp_dynamic_slice sizes _ _ _ _) with (gather (fun o => Some (from_window b o)) d). cbn [snd].
  rewrite (gather_adjoint _ si _ _ dy d (window_mirrored _ _ _ P)).
  cbn [pairing]. rewrite pairing_nothing, Rplus_0_r.
  destruct n; [|rewrite (St 0%nat eq_refl : d = tz), dotp_tz_r; auto].
  apply dotp_ext; auto. intros i Hi. cbn [snd length] in *.
  set (y := sem Rscal (DynamicSlice sizes) _ _ _). set (L := (x :: vs) ++ [y; dy]).
  assert (LL : length L = (S (length ts) + 2)%nat) by (unfold L; rewrite app_length; simpl; lia).
  unfold teval, tstep, zeros_like. cbn [fold_left t_op t_args t_ats t_rty map].
  set (z := sem Rscal (Constant _ _) _ _ _). rewrite <- (app_assoc L [z]). cbn [app].
  behind L 1%nat. rewrite sem_in by auto. behind L 0%nat.
  replace (nth _ (L ++ [z]) tz) with dy.
  2:{ unfold L. rewrite <- app_assoc. behind (x :: vs) 1%nat. auto. }
  replace (map _ (seq 1 (length ts))) with vs.
  2:{ unfold L. rewrite <- app_assoc. symmetry. apply (values_between [x] vs); auto. }
  apply window_of_zeros. apply (sem_zeros_like (e, si)). auto.
Qed.

(* <dy, u in the window, else x> = <dy outside the window, x> + <dy in the window, u> *)
Lemma update_adjoint b su si dy (d f : tensor) : placed b su si ->
  dotp si dy (fun o => match window_place b su o with Some j => f j | None => d o end)
  = dotp si (fun o => match window_place b su o with Some _ => 0 | None => dy o end) d
    + dotp su (fun i => dy (from_window b i)) f.
Proof.
  intros P. pose proof (gather_adjoint _ _ _ _ dy f (mirrored_sym _ _ _ _ (window_mirrored _ _ _ P))) as A.
  unfold gather at 2 in A. rewrite <- A. unfold dotp. rewrite <- sum_plus. apply sum_ext. intros o _.
  unfold gather. destruct (window_place b su o); lra.
Qed.
(* dx = dy but zeros in the window, du = dy in the window *)
Lemma dynamic_update_slice_vjp_correct :
  vjp_spec DynamicUpdateSlice jvp_dynamic_update_slice ok_dynamic_update_slice.
Proof.
  intros needs ats rt tm outs vs ds dy T _ V LN LV LD St _.
  apply dynamic_update_slice_typed in T as (e & si & su & ts & -> & -> & S & F). destruct S as [Ls _].
  destruct needs as [|n0 [|n1 needs]], vs as [|x [|u vs]], ds as [|d [|f ds]]; try discriminate.
  assert (Lv : length vs = length ts) by (injection LV; auto). clear LN LV LD.
  cbn [vjp vjp_dynamic_update_slice] in V. injection V as <- <-.
  set (b := window_start Rscal su si vs).
  assert (P : placed b su si) by (apply window_start_placed; auto; rewrite Lv; auto).
  change (jvp_dynamic_update_slice _ _ _ _)
    with (fun o => match window_place b su o with Some j => f j | None => d o end). cbn [snd].
  rewrite (update_adjoint b su si dy d f P).
  cbn [pairing snd length]. rewrite pairing_nothing, Rplus_0_r.
  set (y := sem Rscal DynamicUpdateSlice _ _ _). set (L := (x :: u :: vs) ++ [y; dy]).
  assert (LL : length L = (S (S (length ts)) + 2)%nat) by (unfold L; rewrite app_length; simpl; lia).
  assert (Y : forall E, nth (S (S (length ts + 1))) (L ++ E) tz = dy).
  { intros E. unfold L. rewrite <- app_assoc. behind (x :: u :: vs) 1%nat. auto. }
  assert (B : forall E, map (fun k => nth k (L ++ E) tz) (seq 2 (length ts)) = vs).
  { intros E. unfold L. rewrite <- app_assoc. apply (values_between [x; u] vs); auto. }
  (* What the two halves of the template leave. *)
  set (z := sem Rscal (Constant (e, su) [Dec 0 0]) [] (e, su) []).
  set (dx := sem Rscal DynamicUpdateSlice ((e, si) :: (e, su) :: ts) (e, si) (dy :: z :: vs)).
  set (du := sem Rscal (DynamicSlice su) ((e, si) :: ts) (e, su) (dy :: vs)).
  assert (X : dotp si dx d
    = dotp si (fun o => match window_place b su o with Some _ => 0 | None => dy o end) d).
  { apply dotp_ext; auto. intros o Ho. unfold dx. rewrite sem_in by auto.
    change (match window_place b su o with Some i => z i | None => dy o end
            = match window_place b su o with Some _ => 0 | None => dy o end).
    destruct (window_place b su o) as [j|] eqn:E; auto.
    apply (window_place_some b su si) in E as [Hj _]; [|auto|apply inb_length; auto].
    apply (sem_zeros_like (e, su)); auto. }
  assert (U : dotp su du f = dotp su (fun i => dy (from_window b i)) f).
  { apply dotp_ext; auto. intros i Hi. unfold du. rewrite sem_in by auto. reflexivity. }
  destruct n0.
  2:{ rewrite (St 0%nat eq_refl : d = tz), dotp_tz_r. destruct n1.
      2:{ rewrite (St 1%nat eq_refl : f = tz), dotp_tz_r. auto. }
      rewrite <- U. f_equal. cbn [app teval fold_left]. unfold tstep. cbn [t_op t_args t_ats t_rty map].
      behind L 0%nat. rewrite <- (app_nil_r L), Y, B. reflexivity. }
  assert (D : forall E, nth (S (S (length ts + 3))) (((L ++ [z]) ++ [dx]) ++ E) tz = dx).
  { intros E. rewrite <- !app_assoc. behind L 1%nat. auto. }
  assert (Z : teval [zeros_like (e, su);
      T DynamicUpdateSlice (S (S (length ts + 1)) :: S (S (length ts + 2)) :: seq 2 (length ts))
        (@cons ty (e, si) (@cons ty (e, su) ts)) (e, si)] L = (L ++ [z]) ++ [dx]).
  { cbn [teval fold_left]. unfold tstep, zeros_like. cbn [t_op t_args t_ats t_rty map]. fold z.
    rewrite Y, B. behind L 0%nat. reflexivity. }
  destruct n1.
  - rewrite <- X, <- U. rewrite teval_app, Z.
    set (L' := (L ++ [z]) ++ [dx]). cbn [teval fold_left]. unfold tstep. cbn [t_op t_args t_ats t_rty map].
    unfold L'. rewrite D. f_equal. f_equal.
    replace (S (S (length ts + 4))) with (length L + 2)%nat by (unfold ty in *; lia).
    rewrite <- !app_assoc, app_nth2_plus, Y, B. reflexivity.
  - rewrite (St 1%nat eq_refl : f = tz), dotp_tz_r, Rplus_0_r, <- X, app_nil_r, Z.
    rewrite <- (app_nil_r (_ ++ [dx])), D. lra.
Qed.
